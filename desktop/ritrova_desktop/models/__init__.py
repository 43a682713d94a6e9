"""Qt item models. Pure memory: what they show was handed to them."""
