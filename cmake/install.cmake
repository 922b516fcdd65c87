# What `cmake --install` puts where.
include(GNUInstallDirs)
install(TARGETS tapedeck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY themes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tapedeck/themes)
install(FILES docs/tapedeck.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES deploy/completion/tapedeck.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME tapedeck)
install(FILES deploy/tapedeck.ini DESTINATION ${CMAKE_INSTALL_DOCDIR})
