"""What the protocol cannot do, so that nobody takes it for done: here it must at least be loud."""

from tests.simulation.account import read
from tests.simulation.world import PI, Wiring, World


def test_an_old_card_that_outgrows_the_server_before_it_hears_of_it_has_its_overlap_in_quarantine():
    world = World(Wiring())
    try:
        world.sense(PI, is_detection=True)
        world.pis[PI].back_up()
        for _ in range(3):
            world.sense(PI, is_detection=True)
        world.publish(PI)
        world.receive(10)
        world.upload(10)
        assert world.pis[PI].log.last_seq == 4
        world.restore_card(PI)
        for _ in range(5):
            world.sense(PI, is_detection=False)
        world.publish(PI)
        world.receive(10)
        world.upload(10)
        quarantined = read(world.server.path, "SELECT payload FROM quarantine")
        assert sum(b"motion_ended" in row["payload"] for row in quarantined) == 3
        alerts = read(world.server.path, "SELECT 1 FROM alerts WHERE type = 'event_conflict'")
        assert len(alerts) == 1
    finally:
        world.close()
