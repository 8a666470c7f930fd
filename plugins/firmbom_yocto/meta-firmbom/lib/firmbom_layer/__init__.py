"""What the class firmbom.bbclass does, in Python that bitbake's own interpreter runs (3.8 or newer, nothing installed).

``d`` is bitbake's data store of the recipe and ``bb`` its library, both handed in by the class.
"""
