relabel check -h
