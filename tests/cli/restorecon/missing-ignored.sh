restorecon -i $P tree/nothing tree/no/thing
