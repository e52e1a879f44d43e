# The Debian package: `cpack --config build/release/CPackConfig.cmake` (tools/package). Its
# dependencies are those of the program's libraries, as dpkg-shlibdeps finds them.
include(GNUInstallDirs)
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/penstock)

install(TARGETS penstock RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS tools/recordings DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME penstock-recordings OPTIONAL)
install(FILES ${packaging}/penstock.service DESTINATION lib/systemd/system)
install(FILES ${packaging}/penstock.sysusers DESTINATION lib/sysusers.d RENAME penstock.conf)
install(FILES ${packaging}/penstock.toml DESTINATION /etc/penstock)
install(FILES ${packaging}/penstock-dpdk.conf LICENSE README.md DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc} FILES_MATCHING PATTERN "*.md" PATTERN "*.toml" PATTERN "adr" EXCLUDE PATTERN "images" EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME penstock)
set(CPACK_PACKAGE_VENDOR Penstock)
set(CPACK_PACKAGE_CONTACT "Penstock <penstock@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "WebRTC selective forwarding unit on DPDK")
set(CPACK_PACKAGE_DESCRIPTION
  "Forwards the audio and video of calls to everybody in them. Speaks the Janus VideoRoom API, WHIP and\nWHEP; media goes past the kernel on a NIC, or over the kernel's own sockets.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Drivers are loaded as they are found: devices that a server makes by itself, and those of NICs.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "iproute2, passwd, librte-bus-vdev23, librte-mempool-ring23, librte-net-tap23")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "librte-meta-all")
# What penstock-recordings needs.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3, janus-tools, ffmpeg, coturn")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${packaging}/postinst;${packaging}/prerm;${packaging}/postrm;${packaging}/conffiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# cpack takes what is built, and builds nothing.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)
