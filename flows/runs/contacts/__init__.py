"""The spine of contacts: prepare a plan, guard it, deliver it, report it; and the kinds of run that share it."""
