"""Pictures: the three on canvas (network, raster, map) and the small ones made of boxes.

Start reading at `canvas.py` (components, and what they tell each other); `*_payload.py` say what a
picture is sent. The drawing itself is in `assets/`.
"""
