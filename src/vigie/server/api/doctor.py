"""`/api/doctor`: the server's machine, examined."""

from fastapi import APIRouter

from vigie.server.api.doctor_schemas import Examination
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired

router = APIRouter(tags=["health"])


@router.post("/api/doctor", operation_id="examine_machine", responses=problems(503))
async def examine_machine(parts: Wired) -> Examination:
    """Runs `vigie doctor` on the server's machine, as the server's user, and answers what it finds. Changes nothing.

    It takes seconds. Who asks while one runs gets the result of that one.
    """
    return await parts.examiner.examine()
