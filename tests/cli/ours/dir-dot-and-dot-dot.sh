setfiles -v -r "$T" "$FC" "$T/etc/ssh/." | sort
setfiles -v -r "$T" "$FC" "$T/etc/ssh/.." | sort
(cd tree/home && setfiles -v -r "$T" "$FC" . | sort)
relabel check -q --rules "$FC" --root "$T" "$T/etc/."; echo $?
