"""The entities of the namespace and their addresses."""

from local.broker.clock import Clock
from local.broker.declarations import Declarations
from local.broker.errors import NOT_FOUND, BrokerError
from local.broker.options import Role
from local.broker.queue import DEAD_LETTER_SUFFIX, Queue
from local.broker.topic import Subscription, Topic

_DEAD_LETTER_SUFFIX = DEAD_LETTER_SUFFIX.lower()


def path_of(address: str) -> str:
    """Return the path of an address: without scheme and host, in lower case (names are compared without case)."""
    if "://" in address:
        address = address.split("://", 1)[1].partition("/")[2]
    return address.strip("/").lower()


class Entities:
    """Every queue, topic and subscription that is declared; nothing is made on demand."""

    def __init__(self, declared: Declarations, clock: Clock) -> None:
        self._by_path: dict[str, Queue | Topic] = {}
        for each in declared.queues:
            self._by_path[each.name.lower()] = Queue(each.name, each.options, clock)
        for topic in declared.topics:
            subscriptions = []
            for one in topic.subscriptions:
                queue = Queue(f"{topic.name}/Subscriptions/{one.name}", one.options, clock, Role.SUBSCRIPTION)
                subscriptions.append(Subscription(queue=queue, filters=one.filters))
                self._by_path[queue.path.lower()] = queue
            self._by_path[topic.name.lower()] = Topic(topic.name, topic.options, subscriptions, clock)

    @property
    def paths(self) -> list[str]:
        """Return the paths as they were declared."""
        return [entity.path for entity in self._by_path.values()]

    def find(self, address: str) -> Queue | Topic:
        """Return the entity of an address; an address of nothing is not-found."""
        path = path_of(address)
        wants_dead = path.endswith(_DEAD_LETTER_SUFFIX)
        entity = self._by_path.get(path.removesuffix(_DEAD_LETTER_SUFFIX))
        if wants_dead and isinstance(entity, Queue):
            entity = entity.dead_letters
        elif wants_dead:
            entity = None
        if entity is None:
            raise BrokerError(NOT_FOUND, f"The messaging entity '{address}' could not be found.", 404)
        return entity
