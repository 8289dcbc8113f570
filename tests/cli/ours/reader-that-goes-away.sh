# SIGPIPE ends it as any program; what was not reached is not labelled, nothing is spoiled
mkdir tree/var/log/many
(cd tree/var/log/many && seq 1 5000 | xargs touch)
{ setfiles -v -r "$T" "$FC" "$T/var"; echo $? >status; } | head -n 1 | cut -d ' ' -f 1
case $(cat status) in 141) echo "ended by SIGPIPE" ;; *) cat status ;; esac
setfiles -r "$T" "$FC" "$T/var" && setfiles --check -r "$T" "$FC" "$T/var"
