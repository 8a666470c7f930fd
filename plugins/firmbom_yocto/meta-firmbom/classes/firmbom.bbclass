# A signed CycloneDX SBOM beside every image and update bundle: INHERIT += "firmbom" in local.conf or the distro.
#
# Each recipe writes a record of what it was made from and what it packaged (do_firmbom_record, kept in sstate). After an
# image is deployed, do_firmbom gathers the records of what is in it and runs firmbom. What is done stands in
# lib/firmbom_layer; docs/yocto-layer.md of firmbom says how to use it. The variables, each with its default:

# The console script, of whichever virtual environment: a name that is looked for on the PATH that bitbake was called
# with, or an absolute path; further words are arguments that come first.
FIRMBOM_COMMAND ?= "firmbom"

# What signs: absolute paths of PEM files that nobody else may read; several sign side by side. "none" writes the document
# unsigned, to be signed elsewhere. No default. Never a secret itself: bitbake logs its variables and its environment.
FIRMBOM_KEY ?= ""

# What opens encrypted keys: absolute paths of files whose first line is the passphrase.
FIRMBOM_PASSPHRASE ?= ""

# The release, as it is tagged.
FIRMBOM_RELEASE ?= "${DISTRO_VERSION}"

# The git checkout whose tag is the release, an absolute path: its commit, tag and the tag's signature go into the document,
# and FIRMBOM_RELEASE, unless it is empty, has to be that tag. Default: none; the release is then what FIRMBOM_RELEASE says.
FIRMBOM_REPOSITORY ?= ""

# CycloneDX version: 1.6 or 1.7.
FIRMBOM_SPEC_VERSION ?= "1.6"

# 1: a problem or a conflict fails the build. 0: it is a warning.
FIRMBOM_STRICT ?= "0"

# A firmbom.toml with the manufacturer, licence and so on of the product: an absolute path.
FIRMBOM_CONFIG ?= ""

# The plugins that read the build's records and the images' contents; empty: every installed one.
FIRMBOM_PLUGINS ?= "yocto pip npm"

# Seconds since 1970 for the document's timestamp; default: SOURCE_DATE_EPOCH of the environment that bitbake was called
# from, else the time of the newest commit among the layers.
FIRMBOM_TIMESTAMP ?= ""

# Files in DEPLOY_DIR_IMAGE, as shell patterns, that are deployed and are not shipped.
FIRMBOM_EXCLUDE ?= "*.manifest *.testdata.json *.qemuboot.conf *.spdx.json *.spdx.tar.zst *.spdx.index.json *.cdx.json \
    *.firmbom.json *.openvex.json *.vex.json *_cve.json *.cve *.sbom-cve-check.* *.env *.wks *.md5sum *.sha256sum"

# Packages, as shell patterns, whose files are recorded without a digest, because they are never in a product.
FIRMBOM_EXCLUDE_PACKAGES ?= "*-dbg *-src *-doc *-dev *-staticdev"

# What the build knows of vulnerabilities (CVE_STATUS, patches named after CVEs, reports of cve-check, vex and
# sbom-cve-check) goes into documents beside the SBOM, in these forms: cyclonedx, openvex; empty: none.
FIRMBOM_VEX ?= "cyclonedx openvex"

# 1: the SPDX document of the image is read too, where the build makes one.
FIRMBOM_SPDX ?= "0"

# 1: recipes that run on the build machine are recorded too.
FIRMBOM_NATIVE ?= "0"

# 0: no document for this image (FIRMBOM_ENABLED:pn-NAME = "0").
FIRMBOM_ENABLED ?= "1"

# Classes of recipes that make an update bundle out of images.
FIRMBOM_BUNDLE_CLASSES ?= "bundle swupdate"

# --- Nothing below is meant to be set. ---

FIRMBOM_WORKDIR = "${WORKDIR}/firmbom"
FIRMBOM_RECORDS = "${DEPLOY_DIR}/firmbom/recipes"

# Changes with the layer that a recipe comes from, and with nothing else of its path.
FIRMBOM_LAYER = "${@bb.utils.get_file_layer(d.getVar('FILE'), d) or ''}"
FIRMBOM_LAYER[vardepvalue] = "${FIRMBOM_LAYER}"

# Changes with the commit, the tags on it and the tracked files of the checkout.
FIRMBOM_COMMIT = "${@firmbom_layer(d, 'layers').state(d.getVar('FIRMBOM_REPOSITORY'))}"

def firmbom_layer(d, name):
    """A module of this layer's lib/firmbom_layer."""
    import importlib, os, sys
    folder = os.path.join(d.getVar("FIRMBOM_LAYERDIR"), "lib")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("firmbom_layer." + name)
firmbom_layer[vardepsexclude] = "FIRMBOM_LAYERDIR"

# Settings that cannot be followed end the build before it begins.

python firmbom_check () {
    for problem in firmbom_layer(e.data, "settings").problems(e.data):
        bb.fatal("firmbom: " + problem)
}
addhandler firmbom_check
firmbom_check[eventmask] = "bb.event.ConfigParsed"

# Tasks are made for every recipe and taken away where they have nothing to do.

python () {
    settings = firmbom_layer(d, "settings")
    if not settings.is_recorded(d, bb):
        bb.build.deltask("do_firmbom_record", d)
        bb.build.deltask("do_firmbom_record_setscene", d)
        bb.build.deltask("do_firmbom_needs", d)
    if not settings.is_product(d, bb):
        bb.build.deltask("do_firmbom", d)
        bb.build.deltask("do_firmbom_setscene", d)
    if not bb.data.inherits_class("populate_sdk_base", d):
        bb.build.deltask("do_firmbom_sdk", d)
}

# One record a recipe.

python do_firmbom_record () {
    firmbom_layer(d, "recipe").write(d, bb)
}
do_firmbom_record[dirs] = "${FIRMBOM_WORKDIR}"
do_firmbom_record[cleandirs] = "${FIRMBOM_WORKDIR}/record"
do_firmbom_record[sstate-inputdirs] = "${FIRMBOM_WORKDIR}/record"
do_firmbom_record[sstate-outputdirs] = "${FIRMBOM_RECORDS}/${PACKAGE_ARCH}"
do_firmbom_record[vardepsexclude] = "FIRMBOM_WORKDIR FIRMBOM_RECORDS"
do_firmbom_record[vardeps] += "BPN BUGTRACKER CVE_CHECK_IGNORE CVE_PRODUCT CVE_STATUS CVE_STATUS_GROUPS CVE_VERSION \
    DESCRIPTION FIRMBOM_EXCLUDE_PACKAGES FIRMBOM_LAYER HOMEPAGE LICENSE PACKAGE_ARCH PE PN PR PV SECTION SRCREV \
    SRC_URI SPDX_SUPPLIER SUMMARY"
do_firmbom_record[file-checksums] += "${@bb.fetch2.get_checksum_file_list(d)} \
    ${@' '.join(d.getVar('FIRMBOM_LAYERDIR') + '/lib/firmbom_layer/' + name + '.py:True' for name in ('recipe', 'sources', 'packaged', 'kernel', 'said'))}"
addtask do_firmbom_record after do_package do_packagedata before do_build do_rm_work

SSTATETASKS += "do_firmbom_record"
python do_firmbom_record_setscene () {
    sstate_setscene(d)
}
addtask do_firmbom_record_setscene

# A record that comes from sstate needs nothing of what it was made from: without this, do_package of every recipe would be
# fetched for it.
def firmbom_setscene_depvalid(task, taskdependees, notneeded, d, log=None):
    others = {key: one for key, one in taskdependees.items() if key == task or one[1] != "do_firmbom_record"}
    return setscene_depvalid(task, others, notneeded, d, log)

BB_SETSCENE_DEPVALID:forcevariable = "firmbom_setscene_depvalid"

# Leads from a recipe to those that its packages need: [recrdeptask] follows the tasks that it names, and would end at what
# the packages of an image need.

do_firmbom_needs () {
    :
}
do_firmbom_needs[noexec] = "1"
do_firmbom_needs[rdeptask] = "do_packagedata"
addtask do_firmbom_needs after do_packagedata

# One document an image or bundle.

python do_firmbom () {
    firmbom_layer(d, "product").write(d, bb, "image")
}
do_firmbom[dirs] = "${FIRMBOM_WORKDIR}"
do_firmbom[cleandirs] = "${FIRMBOM_WORKDIR}/stage ${FIRMBOM_WORKDIR}/document"
do_firmbom[sstate-inputdirs] = "${FIRMBOM_WORKDIR}/document"
do_firmbom[sstate-outputdirs] = "${DEPLOY_DIR_IMAGE}"
do_firmbom[stamp-extra-info] = "${MACHINE_ARCH}"
do_firmbom[recrdeptask] += "do_firmbom_record do_firmbom_needs"
do_firmbom[vardepsexclude] = "BB_ORIGENV BB_TASKDEPDATA DATETIME FIRMBOM_WORKDIR FIRMBOM_RECORDS"
do_firmbom[vardeps] += "FIRMBOM_CONFIG FIRMBOM_EXCLUDE FIRMBOM_KEY FIRMBOM_PLUGINS FIRMBOM_RELEASE FIRMBOM_REPOSITORY \
    FIRMBOM_COMMIT FIRMBOM_SPDX FIRMBOM_SPEC_VERSION FIRMBOM_STRICT FIRMBOM_TIMESTAMP FIRMBOM_VEX"
do_firmbom[file-checksums] += "${@' '.join(path + ':True' for path in (d.getVar('FIRMBOM_CONFIG') or '').split())} \
    ${@' '.join(d.getVar('FIRMBOM_LAYERDIR') + '/lib/firmbom_layer/' + name + '.py:True' for name in ('product', 'artefacts', 'stage', 'licences', 'layers', 'run', 'settings', 'said'))}"
addtask do_firmbom after do_image_complete do_create_image_spdx do_create_image_sbom_spdx do_sbom_cve_check do_deploy do_bundle do_swuimage before do_build

SSTATETASKS += "do_firmbom"
SSTATE_SKIP_CREATION:task-firmbom = "1"
python do_firmbom_setscene () {
    sstate_setscene(d)
}
addtask do_firmbom_setscene

# One document for the SDK of an image, on request: bitbake -c firmbom_sdk IMAGE.

python do_firmbom_sdk () {
    firmbom_layer(d, "product").write(d, bb, "sdk")
}
do_firmbom_sdk[dirs] = "${FIRMBOM_WORKDIR}"
do_firmbom_sdk[cleandirs] = "${FIRMBOM_WORKDIR}/sdk-stage ${FIRMBOM_WORKDIR}/sdk-document"
do_firmbom_sdk[recrdeptask] += "do_firmbom_record do_firmbom_needs"
do_firmbom_sdk[vardepsexclude] = "BB_ORIGENV BB_TASKDEPDATA DATETIME FIRMBOM_WORKDIR FIRMBOM_RECORDS"
do_firmbom_sdk[vardeps] += "FIRMBOM_CONFIG FIRMBOM_KEY FIRMBOM_PLUGINS FIRMBOM_RELEASE FIRMBOM_REPOSITORY FIRMBOM_COMMIT \
    FIRMBOM_SPEC_VERSION FIRMBOM_STRICT FIRMBOM_TIMESTAMP FIRMBOM_VEX"
addtask do_firmbom_sdk after do_populate_sdk
