"""Sends one-time codes and checks them once."""
