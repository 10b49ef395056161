"""`tempsms sandbox --proxy`: mitmproxy, which leads a program's calls to carriers' hosts into the sandbox."""
