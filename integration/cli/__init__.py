"""The operator's commands, a file a group: parse, call a use case, print, exit code. No decisions."""
