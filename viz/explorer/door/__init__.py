"""Who may come in, what they are called, and the server: everything before the first page.

Start reading at `gate.py` (what every request passes), then `access.py` (what the flags mean).
"""
