// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "Lifted",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Lifted", targets: ["Lifted"]),
    .library(name: "Proximal", targets: ["Proximal"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Distributed", targets: ["Distributed"]),
    .library(name: "Imaging", targets: ["Imaging"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .library(name: "Runs", targets: ["Runs"]),
    .executable(name: "lifted", targets: ["LiftedTool"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Ranks started by mpirun or srun; needs Open MPI or MPICH."),
    .default(enabledTraits: []),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng16", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CVectorMath",
      dependencies: [.target(name: "COpenBLAS", condition: .when(platforms: [.linux]))],
      linkerSettings: [.linkedLibrary("sleef", .when(platforms: [.linux]))]),
    .target(
      name: "Tensors",
      dependencies: [
        "CVectorMath",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: strict),
    .target(name: "CPictures"),
    .target(name: "Proximal", dependencies: ["Tensors", "CPictures"], swiftSettings: strict),
    .target(name: "Lifted", dependencies: ["Tensors", "Proximal"], swiftSettings: strict),
    // Open MPI by its own name for pkg-config; MPICH with LIFTED_MPI=mpich in the environment.
    .systemLibrary(
      name: "CMPILibrary", pkgConfig: Context.environment["LIFTED_MPI"] ?? "ompi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(
      name: "CMPI", dependencies: [.target(name: "CMPILibrary", condition: .when(traits: ["MPI"]))],
      cSettings: [
        .define("LIFTED_MPI", .when(traits: ["MPI"])),
        .define("_GNU_SOURCE", .when(traits: ["MPI"])),
      ]),
    .target(
      name: "Distributed",
      dependencies: ["Lifted", .target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      swiftSettings: strict),
    .target(name: "CFourier"),
    .target(
      name: "Imaging", dependencies: ["Tensors", "Proximal", "Lifted", "CFourier", "CPictures"],
      swiftSettings: strict),
    .target(
      name: "Interchange", dependencies: ["Tensors", "CPNG", "CZlib"], swiftSettings: strict),
    .target(
      name: "Runs",
      dependencies: ["Lifted", "Distributed", "Imaging", "Interchange", "Yams"],
      resources: [.embedInCode("Recipes"), .embedInCode("Inversions")],
      swiftSettings: strict),
    .executableTarget(
      name: "LiftedTool",
      dependencies: [
        "Distributed", "Runs",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(name: "ClusterModel", path: "Benchmarks/ClusterModel", swiftSettings: strict),
    .executableTarget(
      name: "lifted-benchmarks",
      dependencies: [
        "ClusterModel", "Distributed", "Lifted", "Imaging", "Interchange", "Runs",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/LiftedBenchmarks", swiftSettings: strict),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors", "CVectorMath"], swiftSettings: strict),
    .testTarget(name: "ProximalTests", dependencies: ["Proximal"], swiftSettings: strict),
    .testTarget(
      name: "LiftedTests", dependencies: ["Lifted"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "DistributedTests", dependencies: ["Distributed"], swiftSettings: strict),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "Interchange"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "InterchangeTests", dependencies: ["Interchange"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "RunsTests", dependencies: ["Distributed", "Runs"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(name: "ClusterModelTests", dependencies: ["ClusterModel"], swiftSettings: strict),
    .testTarget(
      name: "ToolTests", dependencies: ["Distributed", "LiftedTool"], swiftSettings: strict),
  ]
)
