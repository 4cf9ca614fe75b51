"""Messages to a support desk with the queue that answers them: the data of `tuneform init`."""

from __future__ import annotations

from typing import Final

STARTER_ROWS: Final = (
    ("I was charged twice for March. Can you refund one of the two?", "billing"),
    ("The invoice shows our old company address, and accounting sends it back.", "billing"),
    ("Do you take bank transfers instead of cards?", "billing"),
    ("We downgraded last week, but the full price came off the card again today.", "billing"),
    ("Please send me a receipt with the VAT number on it.", "billing"),
    ("My card expired; where do I enter the new one before the renewal?", "billing"),
    ("The reset mail never arrives, and I checked the spam folder.", "login"),
    ("My new phone gives codes that the sign-in page refuses.", "login"),
    ("Single sign-on sends me round in a circle since this morning.", "login"),
    ("I forgot which address I registered with.", "login"),
    ("The account is locked after three tries; how long does that last?", "login"),
    ("A colleague has left. How do I get into the account that only she could open?", "login"),
    ("The export stops at 10,000 rows, although the page says 25,000.", "bug"),
    ("Since the update the date picker jumps to 1970.", "bug"),
    ("Saving a draft in Firefox shows a white page; in Chrome it works.", "bug"),
    ("Two people who edit the same note overwrite each other without a warning.", "bug"),
    ("The search finds nothing when the word has an umlaut.", "bug"),
    ("Attachments over 5 MB come out empty on the other side.", "bug"),
    ("Could the weekly summary come on Mondays instead of Fridays?", "feature"),
    ("A dark theme would help those of us who work at night.", "feature"),
    ("It would be good to sort the list by the last change.", "feature"),
    ("Can you add Portuguese? Half of our team is in Porto.", "feature"),
    ("I miss a keyboard shortcut for closing a ticket.", "feature"),
    ("An API call for bulk deletion would save us an afternoon every month.", "feature"),
)
