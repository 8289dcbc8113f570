sefcontext_compile -i nowhere | sed 's/^[0-9.]* [0-9-]* (.*)$/LIBRARY (MACHINE)/'
sefcontext_compile -V nowhere | sed 's/[56]$/N/'
sefcontext_compile --version | sed 's/[0-9.]*$/VERSION/'
sefcontext_compile --help | sed 's/ (not in this build)//; s/default: [56]$/default: N/'
sefcontext_compile -V >/dev/full || echo $?
