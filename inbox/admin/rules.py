"""Operators' own rules."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from inbox.models import Rule


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]
    """Operators' own rules for what public pages withhold or show."""

    list_display = ["pattern", "looks_at", "effect", "reason", "enabled"]
    list_filter = ["effect", "looks_at", "enabled"]
    list_editable = ["enabled"]
