"""Commands that are written down before they are given, whatever face they come by, and again with their outcome."""

from dataclasses import dataclass

from telassure.access.trail import AuditTrail, Deed
from telassure.kernel.commands import CommandDesk, Instruction, Reply
from telassure.kernel.errors import NotPermitted, TelassureError


@dataclass(frozen=True, slots=True)
class AuditedCommands:
    """kernel.commands.CommandDesk over another. Nothing is given that cannot be written down."""

    desk: CommandDesk
    trail: AuditTrail

    def give(self, instruction: Instruction) -> Reply:
        self._note(instruction, f"asked by {instruction.face or 'the installation'}")
        try:
            reply = self.desk.give(instruction)
        except TelassureError as refused:
            self._note(instruction, "may not" if isinstance(refused, NotPermitted) else "refused")
            raise
        told = "durable" if reply.outcome is None else reply.outcome.outcome
        self._note(instruction, f"{told}: act {reply.act_id}")
        return reply

    def _note(self, asked: Instruction, outcome: str) -> None:
        self.trail.record(Deed(asked.user, asked.command, asked.object_id, outcome))
