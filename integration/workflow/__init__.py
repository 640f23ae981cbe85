"""Use cases: what happens to documents, lists, people and flags. Each file one verb; the order of things is readable.

Start at `process_case_list.py`, which says what must happen next, and follow the step that it names.
"""
