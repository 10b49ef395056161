"""The sandbox: what programs send through captured carriers, kept and shown instead of sent."""
