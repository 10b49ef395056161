"""Form fields of the admin: durations with their unit, and choices of countries and currencies."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.datastructures import MultiValueDict
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from numbers import countries
from numbers.models.durations import Between
from tempsms.lib import durations

_UNITS = [(unit, unit) for unit in durations.UNITS]


class DurationWidget(forms.MultiWidget):
    """A number and a choice of its unit: the stored one, or days."""

    template_name = "unfold/widgets/split_datetime.html"  # two fields side by side

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        number = UnfoldAdminDecimalFieldWidget({"step": "any", "min": "0"})
        super().__init__([number, UnfoldAdminSelectWidget(choices=_UNITS)], attrs)

    def decompress(self, value: Any) -> list[str]:
        """The number and unit of a stored duration."""
        return list(durations.split(value)) if isinstance(value, timedelta) else ["", "days"]

    def value_from_datadict(self, data: Any, files: "MultiValueDict[str, Any]", name: str) -> list[Any]:
        """What was entered; a script may also send both in one field, as in "30 days"."""
        given = data.get(name)
        if given is None:
            # The form itself sends number and unit as two fields, `name_0` and `name_1`
            found: list[Any] = super().value_from_datadict(data, files, name)
            return found
        number, _, unit = str(given).strip().partition(" ")
        return [number, unit or None]


class DurationField(forms.MultiValueField):
    """A duration entered as a number and a unit."""

    widget = DurationWidget

    def __init__(self, **options: Any) -> None:
        for name in ("encoder", "decoder", "max_length"):
            options.pop(name, None)
        options["widget"] = DurationWidget()
        fields = (
            forms.DecimalField(required=False, max_digits=9),
            forms.ChoiceField(choices=_UNITS, required=False),
        )
        super().__init__(fields=fields, require_all_fields=False, **options)

    def compress(self, data_list: list[Any]) -> timedelta | None:
        """The duration, or None if the field is optional and empty."""
        number, unit = [*data_list, None, None][:2]
        if number is None:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return None
        if not unit:
            raise forms.ValidationError("Choose a unit: days, hours or minutes.", code="unit")
        try:
            return durations.of(Decimal(number), unit)
        except durations.BadDuration as error:
            raise forms.ValidationError(str(error), code="too_long") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a different duration was entered; 24 hours equal one day."""
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


def bounded_duration(bounds: durations.Bounds, *, help_text: str = "", **options: Any) -> DurationField:
    """A duration within bounds, for forms without a model."""
    full_help = f"{help_text}; {bounds}" if help_text else str(bounds).capitalize()
    validators: list[Any] = [Between(bounds.least, bounds.most)]
    return DurationField(validators=validators, help_text=full_help, **options)


class CountryField(forms.ChoiceField):
    """A country, chosen by name; a script may send its code in lower case."""

    def __init__(self, *, none: str, **options: Any) -> None:
        choices = lambda: [("", none), *countries.choices()]  # noqa: E731
        super().__init__(choices=choices, widget=UnfoldAdminSelectWidget, **options)

    def to_python(self, value: Any) -> str:
        """The country code in upper case."""
        return str(super().to_python(value)).strip().upper()


DURATIONS: Any = {models.DurationField: {"form_class": DurationField}}
"""For `formfield_overrides`: every duration of a model is entered with its unit."""
