"""Whether the gateway and every node go by the list in force: asked, checked, kept, told when one does not."""
