ln -s "$(command -v setfiles)" other
./other -h
