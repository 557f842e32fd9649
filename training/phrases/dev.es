Nuestro ferri sale antes del amanecer.
Siempre meto demasiados zapatos en la maleta.
El desayuno no está incluido en el precio de la habitación.
Perdimos el enlace por dos minutos.
Nadie nos había dicho nada de la huelga.
Desde el balcón se ve todo el puerto y, en los días despejados, incluso las islas.
El autobús al aeropuerto sale cada veinte minutos de la plaza principal.
Llovió tanto que hubo que evacuar el camping.
Mi maleta llegó un día después y le faltaba una rueda.
No necesita visado si se queda menos de tres meses.
El antiguo faro solo está abierto a los visitantes en verano.
En lugar de ir en avión, decidimos cruzar el país en bicicleta.
Los pasajeros deben mostrar la tarjeta de embarque y el pasaporte en la puerta de embarque.
A finales de marzo apenas quedaba nieve en las pistas.
El guía hablaba tan bajo que solo podían oírlo los que estaban delante.
Alquilamos un coche pequeño y recorrimos la costa durante una semana.
A causa de la niebla, todos los vuelos fueron desviados a la ciudad vecina.
El albergue era barato y limpio, pero las paredes eran finas como el papel.
Si su vuelo se retrasa más de tres horas, es posible que tenga derecho a un reembolso o a una indemnización por parte de la aerolínea.
Después de caminar todo el día con aquel calor, nos alegramos de encontrar una pequeña posada donde descansar los pies y comer algo caliente.
El sendero que lleva a la cascada está bien señalizado, pero conviene llevar calzado resistente, porque las rocas se vuelven resbaladizas cuando llueve.
Cuando por fin llegamos a la frontera, el agente miró nuestros papeles durante un buen rato y luego nos hizo señas para que pasáramos sin decir palabra.
Los viajeros que prefieran unas vacaciones más tranquilas deberían evitar agosto, cuando los hoteles están llenos y los precios son casi el doble que en otoño.
Aunque el hotel nos había prometido vistas al mar, lo único que veíamos desde la ventana era un aparcamiento y la parte trasera de un supermercado.
La sopa ya estaba fría.
Nos gustaría una mesa junto a la ventana.
La panadería lo vende todo antes del mediodía.
Se sirve con arroz o patatas.
Tomaré el pescado a la plancha, pero sin ajo.
El camarero nos recomendó un vino blanco seco de la zona.
Puede devolver la chaqueta en un plazo de treinta días si conserva el tique.
Esta tienda ya no acepta efectivo, solo tarjetas y pagos con el móvil.
Las fresas son más baratas en el mercado que en el supermercado.
El postre tenía un aspecto precioso, pero sabía sobre todo a azúcar.
Compró un abrigo de segunda mano que parecía casi nuevo.
Debe de haber un error en la cuenta, porque solo pedimos dos cafés.
El jarrón azul de la vitrina, por desgracia, no está a la venta.
Todas las botas de invierno están a mitad de precio hasta fin de mes.
No conseguía decidirme entre la bufanda verde y la gris, así que me llevé las dos.
Nada de la carta era apto para veganos, salvo la ensalada de guarnición.
La cocina cierra a las diez, pero todavía puede pedir bebidas en la barra.
Si los zapatos no le quedan bien, se los cambiaremos con mucho gusto por otro número o le daremos un vale por el importe total.
El restaurante de la esquina, donde solíamos celebrar todos los cumpleaños, se ha convertido en una tienda que vende bicicletas caras.
Antes de comprar una lavadora usada por internet, pregunte al vendedor cuántos años tiene y si la han reparado alguna vez.
Esperamos casi una hora el plato principal, pero el dueño se disculpó y nos trajo una botella de vino de la casa gratis.
La mayoría de las verduras que servimos proceden de una granja situada justo a las afueras de la ciudad, por eso la carta cambia con las estaciones.
La dependienta me explicó con paciencia cuál de los tres colchones sería mejor para mi espalda, aunque yo no tenía intención de comprar ninguno ese día.
La impresora se ha vuelto a atascar.
Los viernes trabajo desde casa.
Su contrato termina en septiembre.
La reunión se ha cancelado.
El año pasado lo ascendieron dos veces.
A nadie le gusta rellenar las hojas de horas.
Nuestra nueva compañera habla cinco idiomas y se aprende los nombres enseguida.
El plazo se ha adelantado una semana.
Buscamos un contable con al menos tres años de experiencia.
Mi jefa no suele decirlo, pero agradece las opiniones sinceras.
La máquina de café de la tercera planta no funciona desde el lunes.
Todos los empleados tienen derecho a treinta días de vacaciones pagadas.
Presentó su dimisión sin decirle a nadie por qué.
El equipo del almacén empieza a las seis de la mañana y termina a las dos.
He adjuntado el acta a la invitación del calendario.
Durante la entrevista parecía nervioso, pero sus respuestas fueron excelentes.
Los visitantes deben registrarse en recepción y llevar una acreditación.
La empresa va a trasladar su sede más cerca de la estación de tren.
Parte de mi trabajo consiste en responder a quejas de las que nadie más quiere ocuparse.
Desde que se fusionaron los dos departamentos, es mucho más difícil averiguar quién se encarga realmente de aprobar los gastos de viaje.
Los becarios pasarán su primer mes en ventas y después elegirán el departamento en el que les gustaría continuar.
Si el cliente no paga en un plazo de catorce días, el departamento de contabilidad envía un recordatorio y, tras otra semana, añade un pequeño recargo.
Prefiero ganar un poco menos y tener tiempo para mis hijos que estar en una oficina hasta las ocho todas las tardes.
Los trabajadores aceptaron el nuevo horario a condición de que los turnos de fin de semana se pagaran mejor y se anunciaran con al menos un mes de antelación.
Lo que más me sorprendió el primer día fue que todos, incluido el director general, comen juntos en una mesa larga.
Todavía me duele la rodilla izquierda.
Es alérgico a los cacahuetes.
La fiebre bajó durante la noche.
Dormí mal por culpa de la tos.
Te vendría bien un poco de aire fresco.
El médico me aconsejó beber más agua y menos café.
Tome una pastilla por la mañana y otra antes de acostarse.
Esta pomada no debe entrar en contacto con los ojos.
Lleva años con la tensión demasiado alta.
El dentista me encontró una pequeña caries en una de las muelas.
Para este medicamento necesita receta, pero para esas gotas no.
Pasear con regularidad ayuda más contra el dolor de espalda que cualquier cojín.
Mi abuela se rompió la muñeca al resbalar en la acera helada.
La enfermera le tomó el pulso y le preguntó si se sentía mareado.
Desde que dejé de fumar, la comida me sabe mucho mejor.
Los resultados de su análisis de sangre estarán disponibles el jueves por la tarde.
Los niños menores de doce años solo pueden tomar la mitad de esta dosis.
Dormir demasiado poco no solo nos cansa, sino que también nos vuelve descuidados.
Si el sarpullido no ha desaparecido en una semana o si empieza a picar mucho, debería volver a la clínica.
Después de la operación tuvo que quedarse diez días en el hospital, pero ahora ya puede volver a subir escaleras sin ninguna ayuda.
Quienes pasan todo el día sentados ante un escritorio deberían levantarse cada hora, estirar los brazos y mirar un rato por la ventana.
Me daba tanto miedo la inyección que ni siquiera me di cuenta cuando la doctora me dijo que ya había terminado.
Informe al farmacéutico de todos los medicamentos que está tomando, incluidas las infusiones y las vitaminas, porque algunos no deben combinarse.
La fisioterapeuta me enseñó tres ejercicios sencillos que debo hacer todas las noches hasta que me baje la hinchazón del tobillo.
Mi hermana odia las fiestas sorpresa.
El abuelo ronca más fuerte que el perro.
Eres igualita que tu madre.
Nos conocemos desde la guardería.
Los gemelos por fin se han dormido.
Echo de menos nuestras largas conversaciones.
Mi hermano todavía me debe dinero, y él lo sabe.
Nuestros vecinos cuidan del gato siempre que estamos fuera.
Se rio hasta que le corrieron las lágrimas por las mejillas.
Puedes contarme cualquier cosa, aunque te dé vergüenza.
Los niños han montado una tienda de campaña con mantas en el salón.
Mis padres se conocieron en un baile hace más de cuarenta años.
Nunca olvida un cumpleaños, pero siempre llega tarde a la fiesta.
Nuestra hija mayor está aprendiendo a conducir y yo estoy aterrado.
Después de la discusión no se hablaron durante semanas.
Ojalá vivieras un poco más cerca de nosotros.
Gracias a ti encontré el valor para pedirle perdón.
Mi tío cría abejas y en Navidad regala miel a todo el mundo.
El bebé tiene las orejas de su padre y, por suerte, la paciencia de su madre.
Todos los veranos, la familia entera, desde las tías abuelas hasta los primos más pequeños, se reúne en la casa del lago y discute sobre a quién le toca cocinar.
Cuando mi mejor amiga se fue a vivir al extranjero, prometimos llamarnos todos los domingos, y hasta ahora apenas nos hemos saltado ninguno.
No quería herir tus sentimientos, así que no dije nada, pero ahora creo que habría sido mejor ser sincero.
Aunque se divorciaron hace años, siguen pasando la Nochebuena juntos porque significa mucho para sus hijos.
Mi abuelo solía contarnos que una vez había reparado un submarino, y hasta su funeral no supimos que era verdad.
Si tú traes la ensalada y Tom se encarga de la música, yo solo tengo que preocuparme de la tarta y del tiempo.
La batería está casi agotada.
Seleccione un idioma para continuar.
No se ha podido abrir el archivo.
Desenchufe el aparato antes de limpiarlo.
Contraseña incorrecta, quedan dos intentos.
Mantenga pulsado el botón de encendido durante diez segundos para reiniciar.
Puede cambiar el sonido de las notificaciones en cualquier momento en los ajustes.
Asegúrese de que ambos dispositivos estén conectados a la misma red.
La aplicación necesita permiso para acceder a la cámara y al micrófono.
Arrastre las fotos a la carpeta o haga clic aquí para subirlas.
Los mensajes eliminados se conservan en la papelera durante treinta días.
Llene el depósito solo hasta la marca «MAX».
Si la luz roja parpadea, hay que cambiar el filtro.
Este programa es gratuito, pero muestra anuncios entre las páginas.
Mi móvil se niega a reconocerme la cara cuando llevo sombrero.
Introduzca el código de seis dígitos que le hemos enviado al teléfono.
El campo de búsqueda admite varias palabras separadas por comas.
No hay suficiente espacio en el disco para instalar la actualización.
Si la página no se carga, compruebe su conexión a internet, vacíe la caché del navegador y vuelva a intentarlo pasados unos minutos.
No coloque el altavoz cerca de radiadores, velas u otras fuentes de calor, ya que esto podría dañar la carcasa y acortar la vida útil de la batería.
Una vez completada la transferencia, se puede apagar el ordenador antiguo, pero le recomendamos que lo conserve hasta que haya comprobado todos sus archivos.
Para emparejar los auriculares, abra el menú Bluetooth del teléfono, elija el nombre del modelo en la lista y confirme con «OK».
La nueva versión arranca más rápido y consume menos memoria, pero algunos usuarios informan de que se bloquea cuando intentan imprimir tablas grandes.
Cualquiera que reciba este enlace puede ver el documento, pero solo las personas a las que haya invitado por su nombre pueden editarlo o dejar comentarios.
Fuertes tormentas azotaron la costa norte.
El ministro de Hacienda ha dimitido.
La participación electoral fue sorprendentemente baja.
El equipo local perdió en la prórroga.
El precio del pan vuelve a subir.
Los bomberos rescataron a una familia de cuatro miembros de un edificio de viviendas en llamas.
El ayuntamiento aprobó la nueva línea de tranvía por una estrecha mayoría.
Según el ministerio, el desempleo descendió ligeramente en el segundo trimestre.
Dos montañeros se encuentran desaparecidos desde el sábado por la noche.
El tribunal desestimó el recurso, por lo que la condena ya es firme.
Un grupo de investigadores ha descubierto una especie de rana hasta ahora desconocida.
Miles de personas salieron a la calle para protestar contra la subida de los alquileres.
Un cuadro robado apareció en el desván de un profesor jubilado.
El puente permanecerá cerrado a los camiones hasta nuevo aviso.
Nadie resultó herido cuando la grúa se desplomó el martes por la mañana.
El fabricante de automóviles retira varios modelos por un defecto en los frenos.
Los agricultores temen una mala cosecha tras la primavera más seca en décadas.
«No nos rendiremos», declaró la alcaldesa a los periodistas tras la votación.
El Gobierno anunció el miércoles que destinará dos mil millones de euros adicionales a colegios y escuelas infantiles en los próximos cuatro años.
Aunque las negociaciones se prolongaron hasta bien entrada la noche, el sindicato y la patronal no lograron acordar una subida salarial.
El museo, que lleva seis años en obras, volverá a abrir sus puertas en primavera con una exposición sobre la historia del vidrio.
Los expertos advierten de que los glaciares se están derritiendo más rápido de lo previsto y de que el agua potable podría escasear en muchos valles.
Una portavoz de la compañía ferroviaria señaló que aún no se conocía la causa del corte de electricidad y que las reparaciones podrían durar varios días.
Mientras que la oposición calificó la nueva ley de paso atrás, la mayoría de los periódicos la elogió como un compromiso razonable entre seguridad y libertad.
¿Cuánto dura la película?
¿Qué le ha pasado a tu coche?
¿Por qué no abre nadie la puerta?
¿Quién de vosotros ha roto la lámpara?
¿Podría decirme dónde está la farmacia más cercana?
¿Cuántas veces tengo que decirte que le pongas el candado a la bici?
¿Es verdad que dejas la orquesta?
¿Este tren para en todas las estaciones o solo en las ciudades más grandes?
¿Le importaría que abriera la ventana un momento?
¿Qué harías si mañana te tocara la lotería?
¿Quién va a regar las plantas mientras estemos de vacaciones?
¿Se permiten perros en este parque o debo llevar el mío con correa?
No habrás visto mis gafas por ahí, ¿verdad?
¿Desde cuándo te interesan los relojes antiguos?
¿A qué distancia está el estadio de aquí a pie?
¿De verdad crees que escribió todo el discurso él mismo?
¿No deberíamos llamarlos antes para preguntarles si están en casa?
¿Sabe usted por casualidad si la biblioteca abre los festivos o tengo que devolver los libros antes del fin de semana?
¿De qué sirve comprar un impermeable caro si lo dejas en casa cada vez que el cielo se pone gris?
¿Puedes explicarme por qué está encendida la calefacción en pleno julio y a nadie parece extrañarle?
Si salimos justo después de comer y no hay demasiado tráfico, ¿crees que llegaremos antes de que oscurezca?
¿Has pensado en qué tipo de trabajo te gustaría hacer cuando termines el instituto o es demasiado pronto para preguntarlo?
¿Dónde aprendiste a tocar tan bien el piano y por qué nunca nos has dicho a ninguno que sabías?
Cierre la puerta sin hacer ruido, por favor.
¡No toque la pintura fresca!
Espérame en la esquina.
Deja que te lleve eso.
Por favor, tengan los billetes preparados cuando pase el revisor.
Mantengan la calma y abandonen el edificio por la salida más cercana.
¿Podrías prestarme tu taladro hasta el domingo, por favor?
Gire a la izquierda en la iglesia y luego siga el río.
Por favor, no den de comer a los patos, porque el pan les sienta mal.
Recuérdame mañana que llame al fontanero por lo del grifo que gotea.
Por favor, rellene las dos caras del formulario en mayúsculas.
Ten cuidado en la escalera, que el tercer escalón está suelto.
Por favor, ayuda a tu hermano pequeño con los deberes antes de cenar.
¡Deja de quejarte y échanos una mano con estas cajas!
No deje nunca velas encendidas cuando salga de la habitación.
Por favor, apaguen sus teléfonos móviles durante la función y absténganse de hacer fotografías, aunque no utilicen flash.
Pele las manzanas, córtelas en láminas finas y repártalas de manera uniforme sobre la masa antes de espolvorearlas con azúcar y canela.
Si alguien pregunta por mí mientras estoy fuera, anote por favor su nombre y su número y dígale que devolveré la llamada esta tarde.
Por favor, asegúrese de que todas las ventanas estén cerradas y la alarma conectada antes de salir de la oficina por la tarde.
No le cuentes todavía a la abuela lo del plato roto, sino espera a que se haya tomado el café y esté de mejor humor.
¿Sería tan amable de mover su coche, por favor, ya que bloquea la entrada y la furgoneta de reparto no puede pasar?
La entrada cuesta 12,50 €.
La oficina abre a las 8:30.
Cumplió dieciocho años el 3 de mayo.
Son las siete menos cuarto.
Solo votó el 45 % de los socios.
Necesito dos metros y medio.
La ciudad tiene unos 18 400 habitantes y un solo cine.
El vuelo despega a las 14:55 y aterriza a las 18:10.
Nació el 21 de octubre de 1987, diez minutos antes que su hermana melliza.
Anoche la temperatura bajó a 7,5 grados bajo cero.
Pagamos 1250 € por el sofá, entrega incluida.
La exposición estará abierta del 14 de junio al 2 de septiembre.
Tres cuartas partes de los alumnos terminaron la prueba en menos de cuarenta minutos.
Nuestra casa se construyó en los años veinte del siglo pasado y se vendió en 2009.
Añada 250 gramos de harina y una pizca de sal.
El alquiler subirá 35 € al mes a partir del 1 de enero.
Corrió el maratón en tres horas y cincuenta y dos minutos.
La habitación 417 está en la cuarta planta, al lado del ascensor.
La tienda hace un descuento del 15 % en los pedidos de más de 60 €.
Entre 2015 y 2023, el número de pernoctaciones pasó de 1,3 millones a casi 1,9 millones, un aumento de más del 40 %.
El curso tiene lugar todos los martes y jueves de 18:00 a 19:30 y cuesta 180 € por doce tardes.
Si paga el importe total de 2400 € antes del 31 de marzo, obtiene una rebaja del 3 %, lo que significa que se ahorra 72 €.
El túnel mide 8,4 kilómetros de largo, se inauguró en el verano de 1974 y lo utilizan a diario unos 25 000 vehículos.
La noche del 9 de noviembre los museos permanecen abiertos hasta la una de la madrugada, y los niños menores de diez años entran gratis.
Una familia de cuatro personas consume unos 480 litros de agua al día, de los que casi un tercio se va sencillamente por el inodoro.
Clara vive ahora en Colonia.
El señor Okafor da clases de química en Ginebra.
Praga está especialmente bonita en invierno.
Ingrid y Mateo se prometieron en Lisboa.
El Danubio atraviesa diez países.
¿Alguien ha visto hoy a la señora Lindqvist?
El doctor Haddad se trasladó de Beirut a Bruselas para abrir una consulta.
El tren expreso de Milán a Múnich cruza los Alpes.
Los abuelos de Emily llegaron a Londres desde Jamaica en los años cincuenta.
Conocimos al profesor Tanaka en un congreso en Corea del Sur.
Entre Suecia y Dinamarca hay un puente que en parte es un túnel.
Pavel Novotny juega en el club de Viena desde marzo.
El hotel «El Cisne Negro» está enfrente de la iglesia de San Martín.
Aisha preferiría estudiar en los Países Bajos antes que en los Estados Unidos.
Un fuerte viento soplaba desde el mar Báltico hacia Gdansk.
Mi vecina Giulia es de un pueblecito cercano a Florencia.
El capitán Joseph Brennan había doblado once veces el cabo de Buena Esperanza.
El nuevo piso de Oliver está en Garden Street, justo detrás del Museo de Historia Natural.
Nadie en la clase de Sarah supo encontrar Mongolia en el mapa.
Cuando Elena Petrescu se mudó de Bucarest a Edimburgo, no esperaba que fuera a echar de menos el calor del verano más que la comida de su madre.
El valle situado entre el lago de Constanza y la frontera austriaca es famoso por sus manzanas, su queso y el pequeño y empinado ferrocarril que construyó Hans Egger.
David y su mujer, Yuki, pasan la mitad del año en Kioto y la otra mitad en Sevilla, donde nació su hija Lucia.
En su segunda novela, Margaret Dunne describe cómo tres hermanos griegos dejan Tesalónica, cruzan el Mediterráneo y abren una panadería en Alejandría.
El alcalde de Varsovia, que visitaba Amberes por primera vez, fue recibido en el ayuntamiento por Anneke de Wit y un coro de escolares.
Solo después de que la tormenta hubo pasado sobre Sicilia se atrevió el capitán Romano a salir del puerto de Palermo y poner rumbo a Túnez.
Le adjunto la factura.
¡Saluda a Martin de mi parte!
Perdona que no haya escrito antes.
Le escribo para cancelar mi suscripción a partir de finales de este mes.
Lamentablemente, el paquete que me envió llegó dañado.
Gracias otra vez por la agradable velada y la deliciosa lasaña.
¿Le vendría bien el próximo miércoles a las once para una breve llamada?
En mi último correo olvidé mencionar que el precio no incluye impuestos.
Su carta del 12 de febrero no me llegó hasta ayer.
Querida Julia: Espero que tú y los niños estéis bien.
En este momento estoy fuera de la oficina y volveré el lunes.
¡Escríbeme sin falta y cuéntame qué tal ha ido la primera semana en la universidad!
Un cordial saludo desde una isla lluviosa, tu viejo amigo Henry.
¿Podría enviarme el contrato firmado el viernes a más tardar?
Estaríamos encantados de recibirlos a usted y a su marido en nuestro aniversario.
Si tiene alguna otra pregunta sobre el piso, no dude en ponerse en contacto conmigo por teléfono o en la dirección que figura más abajo.
Todavía pienso en aquel fin de semana en que nos perdimos en el bosque, y espero que pronto podamos volver a hacer alguna locura parecida.
Según lo acordado por teléfono, le envío la oferta revisada, en la que los gastos de transporte figuran por separado para cada artículo.
Dado que la calefacción de nuestro piso no funciona correctamente desde principios de diciembre, le rogamos que envíe a un técnico lo antes posible.
Las fotos que mandaste me hicieron reír a carcajadas en el tren, y la señora que iba sentada enfrente también quiso verlas.
Tras una detenida reflexión, hemos decidido aceptar su propuesta, siempre que las obras comiencen a más tardar el 15 de abril y terminen antes del verano.
