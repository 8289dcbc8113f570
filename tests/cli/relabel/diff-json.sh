# JSON: null where there is no spec or no label, bytes that are not UTF-8 in hex as well
printf '/a(/.*)?\tu:r:a:s0\n/b\tu:r:b:s0\n' >old
printf '/a(/.*)?\tu:r:a:s0\n/a/[\\xff]\t-d\tu:r:c:s0\n/b\t<<none>>\n/c/\\x1b\tu:r:d:s0\n' >new
relabel diff --json old new
relabel diff -j --exit-code old new >/dev/null || echo $?
relabel diff -j --exit-code old old
