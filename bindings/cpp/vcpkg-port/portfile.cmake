# Installs the package that this port lies in: share/banter/vcpkg/banter below its top.
#
#   vcpkg install banter --overlay-ports=PACKAGE/share/banter/vcpkg
get_filename_component(package "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

# A build of the library for programs that are debugged is the same one.
set(VCPKG_POLICY_MISMATCHED_NUMBER_OF_BINARIES enabled)

file(INSTALL "${package}/include/" DESTINATION "${CURRENT_PACKAGES_DIR}/include")
file(INSTALL "${package}/lib/" DESTINATION "${CURRENT_PACKAGES_DIR}/lib" PATTERN cmake EXCLUDE PATTERN pkgconfig EXCLUDE)
if(EXISTS "${package}/bin")
  file(INSTALL "${package}/bin/" DESTINATION "${CURRENT_PACKAGES_DIR}/bin")
endif()
file(INSTALL "${package}/lib/cmake/Banter/" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
file(INSTALL "${package}/share/banter/LICENSE" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}" RENAME copyright)
