"""What happens to a case list, from the moment it arrives until nothing of it is left.

Start at `workflow/process_case_list.py`: the whole story in one short module. `domain/` says what things are,
`ports.py` what is asked of the outside, `wiring.py` which outside systems stand behind it.
"""
