"""Static files under names that change with their content, so that browsers may keep them forever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's own, but scripts import each other by those names: none is older than the page that asked for it."""

    support_js_module_import_aggregation = True
