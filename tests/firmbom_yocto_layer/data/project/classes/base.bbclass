# What a task needs of OpenEmbedded, for want of it.
inherit logging
python do_package () {
    runtime = os.path.join(d.getVar("PKGDATA_DIR"), "runtime")
    reverse = os.path.join(d.getVar("PKGDATA_DIR"), "runtime-reverse")
    for folder in (runtime, reverse, os.path.join(d.getVar("PKGDEST"), d.getVar("PN"), "etc")):
        bb.utils.mkdirhier(folder)
    pn = d.getVar("PN")
    with open(os.path.join(runtime, pn), "w") as stream:
        stream.write("PN: %s\nPKGV: %s\nPKGR: r0\nPKG:%s: %s1\n" % (pn, d.getVar("PV"), pn, pn))
    open(os.path.join(runtime, pn + ".packaged"), "w").close()
    os.symlink("../runtime/" + pn, os.path.join(reverse, pn + "1"))
    with open(os.path.join(d.getVar("PKGDEST"), pn, "etc", "greeting"), "w") as stream:
        stream.write("hello")
}
addtask package
python do_packagedata () {
    pass
}
addtask packagedata after do_package
python do_build () {
    pass
}
addtask build after do_packagedata
python do_share () {
    import shutil
    shutil.copytree(os.path.join(d.getVar("FIRMBOM_WORKDIR"), "record"), os.path.join(d.getVar("FIRMBOM_RECORDS"), d.getVar("PACKAGE_ARCH")), dirs_exist_ok=True)
}
addtask share
