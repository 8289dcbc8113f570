# needs: mount
# of the other system alone, whatever link is there
other_system
mkdir -p img/tmp/a outside
touch img/tmp/a/x outside/kept
ln -s "$PWD/outside" img/tmp/link
fixfiles --root img relabel </dev/null | head -n 1
ls -A img/tmp
fixfiles --root img -f -v relabel | head -n 1
ls -A img/tmp
rmdir img/tmp
ln -s "$PWD/outside" img/tmp
fixfiles --root img -f relabel 2>&1 | head -n 2
ls outside
rm img/tmp # inside, but another file system, where others have their files
ln -s srv/data img/tmp
fixfiles --root img -f relabel 2>&1 | head -n 2
ls img/srv/data
echo "none at all:"
rm img/tmp
fixfiles --root img -f relabel; echo $?
