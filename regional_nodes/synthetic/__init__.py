"""A synthetic source of data: seventeen believable regions in which everything is invented and says so."""

from regional_nodes.synthetic.generation import establishments_of, synthesise

__all__ = ["establishments_of", "synthesise"]
