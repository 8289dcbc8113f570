setfiles -f nolist "$FC"
