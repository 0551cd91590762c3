"""Sentences for stored codes: why a card waits, what happened, what was refused.

Rows keep `{"code", "params"}`; here, and only here, they become words of a language. One module a
noun; what each table is for stands at its head.
"""

from workspace.sentences.asking import CHOICES as CHOICES
from workspace.sentences.asking import OPTIONS as OPTIONS
from workspace.sentences.failures import WHAT_TO_DO as WHAT_TO_DO
from workspace.sentences.failures import evidence as evidence
from workspace.sentences.failures import what_to_do as what_to_do
from workspace.sentences.moves import MOVES as MOVES
from workspace.sentences.moves import would as would
from workspace.sentences.refusals import REFUSALS as REFUSALS
from workspace.sentences.telling import REASONS as REASONS
from workspace.sentences.telling import Names as Names
from workspace.sentences.telling import Reason as Reason
from workspace.sentences.telling import cause as cause
from workspace.sentences.telling import choice as choice
from workspace.sentences.telling import option as option
from workspace.sentences.telling import refusal as refusal
from workspace.sentences.telling import said as said
from workspace.sentences.telling import sentence as sentence
from workspace.sentences.telling import trouble as trouble
from workspace.sentences.verification import CHECKS as CHECKS
from workspace.sentences.verification import answered as answered
from workspace.sentences.verification import checked as checked
from workspace.sentences.workers import LEFT_OUT as LEFT_OUT
from workspace.sentences.workers import left_out as left_out
