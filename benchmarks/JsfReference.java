// JsfReference BOM PUBLIC: does the JSF library of the format's author accept the root signature by that key? Exit 0 if so.

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

import org.webpki.json.JSONAsymKeyVerifier;
import org.webpki.json.JSONCryptoHelper;
import org.webpki.json.JSONObjectReader;
import org.webpki.json.JSONParser;
import org.webpki.json.JSONSignatureDecoder;
import org.webpki.json.JSONSignatureTypes;

public class JsfReference {
    public static void main(String[] arguments) throws Exception {
        try {
            JSONObjectReader bom = JSONParser.parse(Files.readAllBytes(Path.of(arguments[0])));
            PublicKey key = key(Files.readString(Path.of(arguments[1])));
            for (JSONSignatureDecoder one : signatures(bom)) {
                boolean certified = one.getSignatureType() == JSONSignatureTypes.X509_CERTIFICATE;
                PublicKey brought = certified ? one.getCertificatePath()[0].getPublicKey() : one.getPublicKey();
                if (brought != null && !key.equals(brought)) {
                    continue;
                }
                if (!certified) { // with a certificate's key it was checked when it was read
                    one.verify(new JSONAsymKeyVerifier(key));
                }
                System.out.println("good");
                return;
            }
            System.out.println("no signature by that key");
        } catch (Throwable refused) { // the library's own errors, and a stack that is too small
            System.out.println(String.valueOf(refused.getMessage()).lines().findFirst().orElse(refused.toString()));
        }
        System.exit(1);
    }

    private static List<JSONSignatureDecoder> signatures(JSONObjectReader bom) throws Exception {
        JSONCryptoHelper.Options options = new JSONCryptoHelper.Options();
        JSONObjectReader signature = bom.getObject("signature");
        if (signature.hasProperty("certificatePath")) {
            options.setPublicKeyOption(JSONCryptoHelper.PUBLIC_KEY_OPTIONS.CERTIFICATE_PATH);
        }
        if (signature.hasProperty("signers")) {
            return bom.getMultiSignature("signature", options);
        }
        if (signature.hasProperty("chain")) {
            return bom.getSignatureChain("signature", options);
        }
        return List.of(bom.getSignature("signature", options));
    }

    private static PublicKey key(String pem) throws Exception {
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        for (String kind : List.of("EC", "RSA", "Ed25519", "Ed448")) {
            try {
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
            } catch (java.security.spec.InvalidKeySpecException other) {
                continue;
            }
        }
        throw new IllegalArgumentException("no key that is known here");
    }
}
