"""The tables of the inbox, one file for each subject."""

from inbox.models.message import Code, Message, Seen
from inbox.models.outbox import Outbox
from inbox.models.part import Part
from inbox.models.quarantined import Quarantined
from inbox.models.report import Report
from inbox.models.rule import Rule

__all__ = ["Code", "Message", "Outbox", "Part", "Quarantined", "Report", "Rule", "Seen"]
