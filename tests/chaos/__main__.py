"""`python -m tests.chaos`: one seeded run on this machine, in a namespace of its own. See docs/design/chaos.md."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.namespace import NoNamespace, enter
from tests.chaos.run import Run, RunOptions, conclude
from tests.chaos.schedule import plan
from tests.chaos.site import SiteOptions


def main() -> int:
    """0 when nothing is wrong, 1 when something is, 2 when the suite cannot work here."""
    parser = argparse.ArgumentParser(prog="make chaos", description="kill, freeze, cut and fill a real site; count its events")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="the schedule is a function of it")
    parser.add_argument("--kills", type=int, default=1000, help="go on until so many programs died (0: one round of each fault)")
    parser.add_argument("--events", type=int, default=100_000, help="go on until so many events were accepted")
    parser.add_argument("--rate", type=float, default=80.0, help="events per second of the whole site")
    parser.add_argument("--agents", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1.0, help="how long faults last: 1 is 2 to 4 seconds")
    parser.add_argument("--settle", type=float, default=180.0, help="seconds for everything to arrive after the last fault")
    parser.add_argument("--folder", type=Path, help="where to work; a new temporary folder if not given")
    options = parser.parse_args()
    try:
        enter()
    except NoNamespace as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 2
    site = SiteOptions(agents=options.agents)
    devices = [f"pi-{number}" for number in range(1, options.agents + 1)]
    run = Run(
        RunOptions(
            folder=options.folder or Path(tempfile.mkdtemp(prefix="vigie-chaos-")),
            seed=options.seed,
            steps=plan(options.seed, devices, kills=options.kills * 5 // 4, pace=options.pace),  # some are dead already
            kills=options.kills,
            events=options.events,
            events_per_s=options.rate,
            settle_within_s=options.settle,
            site=site,
        )
    )
    print(f"seed {options.seed}, {len(run.options.steps)} steps, in {run.options.folder}", flush=True)
    try:
        asyncio.run(run.play())
    except KeyboardInterrupt:
        run.write_result()
        print(f"stopped; figures so far: {run.options.folder / 'result.json'}", file=sys.stderr)
        return 1
    again = f"python -m tests.chaos --seed {options.seed} --kills {options.kills} --events {options.events} --rate {options.rate:g}"
    return conclude(run, f"{again} --agents {options.agents} --pace {options.pace:g}")


if __name__ == "__main__":
    sys.exit(main())
