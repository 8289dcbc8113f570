touch "tree/var/log/$(printf 'a\nRelabeled b\033[2J')"
touch "tree/var/log/$(printf 'b\342\200\256gnp.exe\342\201\251')" # right to left: "bexe.png"
setfiles -v -r "$T" "$FC" "$T/var/log" | sort
