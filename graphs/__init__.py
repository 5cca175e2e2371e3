"""Layers and projections."""
