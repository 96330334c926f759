package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.importer.ParityReport.OutputParity;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.ModelNotes;
import dev.lockstep.inference.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The models in the repository: what is committed is what the importer makes, and it is good. */
class BundledModelsTest {
    private static final Path MODELS = Path.of("..", "models");

    private static Path file(String name, String suffix) {
        return MODELS.resolve(name).resolve(suffix);
    }

    private static ImportRequest request(String name) {
        return ImportRequest.of(
                file(name, name + ".onnx"), Inputs.of(file(name, "calibration.npz")));
    }

    private static ParityReport report(ImportRequest request) throws ImportException {
        return Objects.requireNonNull(Importer.importModel(request, Progress.NONE).report());
    }

    @ParameterizedTest
    @ValueSource(strings = {"digits", "volatility"})
    void importingAgainGivesTheCommittedBytes(String name) throws ImportException, IOException {
        byte[] made = Importer.importModel(request(name), Progress.NONE).file();
        assertThat(made).isEqualTo(Files.readAllBytes(file(name, name + ".lkm")));
    }

    @Test
    void digitsAreReadAsTheFloatModelReadsThem() throws ImportException {
        ParityReport report =
                report(request("digits").withTest(Inputs.of(file("digits", "test.npz"))));
        OutputParity scores = report.outputs().getFirst();
        assertThat(report.samples()).isEqualTo(1000);
        assertThat(report.inputsCut()).isZero();
        assertThat(scores.sameArgmax()).as(report.text()).isGreaterThanOrEqualTo(998);
        assertThat(scores.floatRight()).isGreaterThanOrEqualTo(990);
        assertThat(scores.integerRight())
                .isBetween(scores.floatRight() - 1, scores.floatRight() + 1);
        assertThat(report.layers())
                .hasSize(6)
                .allSatisfy(layer -> assertThat(layer.sqnr()).isGreaterThan(35));
    }

    @Test
    void volatilityIsForecastAsTheFloatModelDoes() throws ImportException {
        ParityReport report =
                report(request("volatility").withTest(Inputs.of(file("volatility", "test.npz"))));
        OutputParity forecast = report.outputs().getFirst();
        assertThat(forecast.floatRight()).isEqualTo(-1);
        assertThat(forecast.maxError()).as(report.text()).isLessThan(0.05);
        assertThat(forecast.sqnr()).isGreaterThan(50);
        assertThat(forecast.integerError()).isLessThan(forecast.floatError() * 1.01);
    }

    @Test
    void keepsTheNamesOfTheOnnxFile() throws ImportException {
        ModelNotes names = Importer.importModel(request("volatility"), Progress.NONE).names();
        assertThat(names.name()).isEqualTo("volatility");
        assertThat(names.inputs()).containsExactly("candles");
        assertThat(names.outputs()).containsExactly("volatility");
        assertThat(names.more()).containsEntry("import.1", "400 calibration samples");
    }

    @Test
    void committedNotesNameEveryClass() throws IOException {
        assertThat(ModelNotes.read(file("digits", "digits.notes")).labels())
                .hasSize(10)
                .startsWith("0")
                .endsWith("9");
        assertThat(ModelNotes.read(file("volatility", "volatility.notes")).inputs())
                .containsExactly("candles");
    }

    @Test
    void inputsAreWhatTheReadmeSays() throws IOException, InvalidModelException {
        Model digits = ModelFile.read(file("digits", "digits.lkm"));
        assertThat(digits.inputs().getFirst().dtype()).isEqualTo(DType.I8);
        assertThat(digits.inputs().getFirst().quantization())
                .isEqualTo(new Quantization(1, 0, -128));
        assertThat(digits.outputs().getFirst().quantization())
                .isEqualTo(new Quantization(1, 16, 0));
        Model volatility = ModelFile.read(file("volatility", "volatility.lkm"));
        assertThat(volatility.inputs().getFirst().dtype()).isEqualTo(DType.I16);
        assertThat(volatility.inputs().getFirst().quantization())
                .isEqualTo(new Quantization(1, 8, 0));
        assertThat(volatility.outputs().getFirst().quantization())
                .isEqualTo(new Quantization(1, 16, 0));
    }

    @Test
    void comparesAModelThatWasImportedEarlier()
            throws ImportException, IOException, InvalidModelException {
        Model digits = ModelFile.read(file("digits", "digits.lkm"));
        Inputs test = Inputs.of(file("digits", "test.npz")).first(50);
        ParityReport report =
                Importer.compare(file("digits", "digits.onnx"), digits, test, Progress.NONE);
        assertThat(report.outputs().getFirst().sameArgmax()).isEqualTo(50);
        assertThat(report.layers()).isEmpty();
        assertThatThrownBy(
                        () ->
                                Importer.compare(
                                        file("volatility", "volatility.onnx"),
                                        digits,
                                        test,
                                        Progress.NONE))
                .isInstanceOf(ImportException.class);
    }

    @Test
    void aPercentileCutsWhatMinAndMaxKeep() throws ImportException {
        Inputs test = Inputs.of(file("digits", "test.npz")).first(100);
        ParityReport all = report(request("digits").withTest(test));
        ParityReport cut =
                report(request("digits").withTest(test).withMethod(Calibration.percentile(99)));
        assertThat(all.layers().get(2).cut()).isLessThan(cut.layers().get(2).cut());
        assertThat(cut.outputs().getFirst().sameArgmax()).isGreaterThanOrEqualTo(97);
    }

    @Test
    void tensorsGet16BitsUntilTheWishIsMet() throws ImportException {
        ImportedModel plain = Importer.importModel(request("digits"), Progress.NONE);
        ImportedModel wished =
                Importer.importModel(request("digits").withAccuracy(1), Progress.NONE);
        assertThat(wished.notes()).anyMatch(note -> note.contains("tensors have 16 bits"));
        ImportedModel easy =
                Importer.importModel(request("digits").withAccuracy(0.5), Progress.NONE);
        assertThat(easy.file()).isEqualTo(plain.file());
        assertThat(easy.notes()).anyMatch(note -> note.startsWith("0 of "));
    }

    @Test
    void thePageNeedsNoOtherFileAndEscapesNames() throws ImportException {
        String page =
                report(request("digits").withTest(Inputs.of(file("digits", "test.npz")).first(10)))
                        .html("<b>&", 1234);
        assertThat(page)
                .startsWith("<!doctype html>")
                .contains("&lt;b&gt;&amp;", "<svg", "1,234", "10 of 10")
                .doesNotContain("http://", "https://", "<script", "<b>&");
    }

    @Test
    void theReportIsJsonWithNullForWhatDoesNotExist() throws ImportException {
        String json =
                report(request("digits").withTest(Inputs.of(file("digits", "test.npz")).first(10)))
                        .json();
        JsonNode tree = JsonMapper.builder().build().readTree(json);
        assertThat(tree.get("samples").asInt()).isEqualTo(10);
        assertThat(tree.get("outputs").get(0).get("sameArgmax").asInt()).isEqualTo(10);
        assertThat(tree.get("outputs").get(0).get("floatError").isNull()).isTrue();
    }

    @Test
    void tellsHowFarItHasCome() throws ImportException {
        Set<String> stages = new LinkedHashSet<>();
        Importer.importModel(
                request("digits").withTest(Inputs.of(file("digits", "test.npz")).first(5)),
                (stage, done, total) -> {
                    stages.add(stage);
                    assertThat(done).isBetween(0, total);
                });
        assertThat(stages).containsExactly("read", "lower", "calibrate", "quantize", "compare");
    }

    @Test
    void saysWhichFileCannotBeRead() {
        ImportRequest absent =
                ImportRequest.of(Path.of("absent.onnx"), Inputs.of(file("digits", "test.npz")));
        assertThatThrownBy(() -> Importer.importModel(absent, Progress.NONE))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("absent.onnx");
    }
}
