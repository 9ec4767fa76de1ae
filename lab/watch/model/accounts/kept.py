"""The accounts that are kept: the open ones as they are, the settled ones packed until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab.watch.model.accounts.account import Account
from lab.watch.model.accounts.history import History
from lab.watch.model.accounts.settled import Settled


class Accounts(Mapping[str, Account]):
    """Task id to account, in the order in which the messages were first heard of.

    To ask for a settled one unpacks it: each time another object, that is equal.
    """

    def __init__(self, kept: Mapping[str, History | Settled]) -> None:
        self._kept = kept

    def __getitem__(self, task_id: str) -> Account:
        return self._kept[task_id].account

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class OpenAccounts(Accounts):
    """Those of which something waits or runs; nothing is unpacked for them."""

    def __getitem__(self, task_id: str) -> Account:
        kept = self._kept[task_id]
        if isinstance(kept, Settled):
            raise KeyError(task_id)
        return kept.account

    def __contains__(self, task_id: object) -> bool:
        return isinstance(self._kept.get(task_id), History)  # type: ignore[call-overload]

    def __iter__(self) -> Iterator[str]:
        return (task_id for task_id, kept in self._kept.items() if isinstance(kept, History))

    def __len__(self) -> int:
        return sum(1 for _ in self)
