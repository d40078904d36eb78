"""A notice as one sentence: what, how much, because of what. The same words on the page, in the feed and in a push message."""

from markupsafe import Markup

from hakari.app.notices import Notice
from hakari.doors.web import formats
from hakari.doors.web.formats import Formats
from hakari.doors.web.sentences import purposes


def sentence(form: Formats, notice: Notice) -> Markup:
    """Return what a notice says in the reader's language."""
    say, figures = form.say, notice.figures
    if notice.kind == "claimable":
        amount = form.money_text(figures["amount"])
        return say("notice.claimable", amount=amount, pool=figures["pool"], number=figures["number"])
    if notice.kind == "accused":
        amount, until = form.money_text(figures["amount"]), form.when(int(figures["until_at"]))
        return say("notice.accused", amount=amount, pool=figures["pool"], until=until)
    if notice.kind == "refused":
        reason = str(figures["reason"])
        known = say(f"notice.reason.{reason}") if say.has(f"notice.reason.{reason}") else reason
        appeal, paying = int(figures["appeal_at"]), int(figures["until_at"])
        values = {"count": figures["count"], "title": figures["title"], "reason": known}
        if appeal > form.now:
            return say("notice.refused_appeal", until=form.when(appeal), **values)
        if paying > form.now:
            return say("notice.refused_until", until=form.when(paying), **values)
        return say("notice.refused", **values)
    if notice.kind == "use":
        who, purpose = formats.short(str(figures["who"])), purposes(form, int(figures["purpose"]))
        return say("notice.use", title=figures["title"], who=who, purpose=purpose)
    if notice.kind == "guideline":
        return say("notice.guideline", title=figures["title"], until=form.when(int(figures["until_at"])))
    if notice.kind == "vote":
        return say("notice.vote", pool=figures["pool"], until=form.when(int(figures["until_at"])))
    if notice.kind == "reveal":
        until = form.when(int(figures["until_at"]))
        return say("notice.reveal", count=figures["count"], title=figures["title"], until=until)
    why = say(f"op.stuck.{figures['why']}", count=figures["count"])
    return say("notice.stalled", title=figures["title"], why=why)
