"""The four questions: is it the signer's document, is this the image, does the tag stand, is the document sound?"""

from firmbom.verify.answer import BITS, FAILED, Answer, Status, Verdict, line, lines
from firmbom.verify.judge import verify

__all__ = ["BITS", "FAILED", "Answer", "Status", "Verdict", "line", "lines", "verify"]
