"""The pages in a real Chromium, on one running instance. Where Playwright or Chromium is missing they are skipped."""
