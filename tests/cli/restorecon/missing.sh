restorecon $P tree/nothing tree/no/thing
