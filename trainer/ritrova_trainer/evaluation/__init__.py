"""How well a model does: finding photos, naming them, understanding words; what that is worth, and its costs."""
