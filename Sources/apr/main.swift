import AprCommandLine

Apr.main()
