"""What the doors remember: sign-in nonces, sessions, replies to repeated requests, and which worker has the lease."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from hakari.adapters.sql.schema import leases, nonces, replies, sessions
from hakari.core.ids import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What was answered to a request with an idempotency key; `request` is the SHA-256 of what was asked."""

    request: str
    status: int
    body: str


class Doorway:
    """Short-lived things of the doors and the worker."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def issue_nonce(self, nonce: str, expires: int) -> None:
        """Record a sign-in nonce."""
        self._connection.execute(nonces.insert().values(nonce=nonce, expires=expires))

    def spend_nonce(self, nonce: str, now: int) -> bool:
        """Use a nonce up. Returns False where it is unknown, used or too old."""
        expires = self._connection.scalar(select(nonces.c.expires).where(nonces.c.nonce == nonce))
        # This one row only: swept up together, two people who sign in at once would race for other people's old ones.
        self._connection.execute(nonces.delete().where(nonces.c.nonce == nonce))
        return expires is not None and expires > now

    def open_session(self, token: str, account: Account, expires: int) -> None:
        """Record a session by the SHA-256 of its token."""
        self._connection.execute(sessions.insert().values(token=token, account=account, expires=expires))

    def session(self, token: str, now: int) -> Account | None:
        """Return the account of a live session, or None."""
        row = self._connection.execute(
            select(sessions.c.account).where(sessions.c.token == token, sessions.c.expires > now)
        ).first()
        return None if row is None else Account(row.account)

    def close_session(self, token: str) -> None:
        """Forget a session."""
        self._connection.execute(sessions.delete().where(sessions.c.token == token))

    def reply(self, key: str, account: str) -> Reply | None:
        """Return what was answered to this key, or None."""
        row = self._connection.execute(
            select(replies).where(replies.c.key == key, replies.c.account == account)
        ).first()
        return None if row is None else Reply(request=row.request, status=row.status, body=row.body)

    def keep_reply(self, key: str, account: str, reply: Reply, now: int) -> None:
        """Record what was answered to this key."""
        self._connection.execute(
            replies.insert().values(
                key=key, account=account, request=reply.request, status=reply.status, body=reply.body, time=now
            )
        )

    def forget(self, *, now: int, replies_before: int) -> None:
        """Drop what is of no use any more: nonces and sessions that ended by `now`, replies kept before `replies_before`."""
        self._connection.execute(nonces.delete().where(nonces.c.expires <= now))
        self._connection.execute(sessions.delete().where(sessions.c.expires <= now))
        self._connection.execute(replies.delete().where(replies.c.time < replies_before))

    def leased(self, name: str) -> int | None:
        """Return until when (Unix seconds) a lease is taken, or None where nobody ever took it."""
        return self._connection.scalar(select(leases.c.until).where(leases.c.name == name))

    def lease(self, name: str, holder: str, *, now: int, seconds: int) -> bool:
        """Take or renew a lease. Returns False while another holder has it."""
        row = self._connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
        if row is None:
            self._connection.execute(leases.insert().values(name=name, holder=holder, until=now + seconds))
            return True
        if row.holder != holder and row.until > now:
            return False
        self._connection.execute(update(leases).where(leases.c.name == name).values(holder=holder, until=now + seconds))
        return True
