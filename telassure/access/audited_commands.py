"""Commands of which the refused are written down here, since what is given is written down where it is taken."""

from dataclasses import dataclass

from telassure.access.trail import AuditTrail
from telassure.kernel.commands import CommandDesk, Instruction, Reply
from telassure.kernel.errors import NotPermitted, SecondWanted, TelassureError
from telassure.kernel.ports import Deed


@dataclass(frozen=True, slots=True)
class AuditedCommands:
    """kernel.commands.CommandDesk over another, which writes down what it takes."""

    desk: CommandDesk
    trail: AuditTrail

    def give(self, instruction: Instruction) -> Reply:
        try:
            return self.desk.give(instruction)
        except SecondWanted:
            raise  # it is written down as what it is: a request
        except TelassureError as refused:
            became = "may not" if isinstance(refused, NotPermitted) else "refused"
            asked = f"{became}, asked by {instruction.face or 'the installation'}"
            self.trail.record(Deed(instruction.user, instruction.command, instruction.object_id, asked))
            raise
