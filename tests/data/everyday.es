¿Dónde está la estación de tren más cercana?
Nuestro vuelo se retrasó tres horas.
Quisiera una habitación con vistas al mar.
El autobús al aeropuerto sale cada veinte minutos.
Perdimos el equipaje de camino a Lisboa.
¿El desayuno está incluido en el precio?
Tiene que cambiar de tren en Colonia.
El hotel está a solo cinco minutos de la playa.
¿Puede recomendarme un buen restaurante por aquí cerca?
Me he dejado el pasaporte en casa.
El museo cierra los lunes.
Alquilamos un coche y recorrimos la costa.
¿Cuánto cuesta un billete al centro de la ciudad?
La vista desde la torre era impresionante.
Abróchense los cinturones, por favor.
Nos perdimos en el casco antiguo.
El ferri no circula cuando hace mal tiempo.
El verano que viene queremos ir a hacer senderismo a Noruega.
¿De qué andén sale el tren a Viena?
He estado dos veces en Italia, pero nunca en Roma.
El camping tiene duchas de agua caliente y una pequeña tienda.
¿Podría hacernos una foto?
Perdimos el último autobús y tuvimos que ir andando.
¿Es seguro bañarse aquí?
La frontera estuvo cerrada durante dos días.
Mi maleta pesa demasiado.
Nos alojamos en un pequeño pueblo de montaña.
¿Cuánto cuesta esta chaqueta?
¿Tiene estos zapatos en un número más grande?
Solo estoy mirando, gracias.
¿Puedo pagar con tarjeta?
El supermercado está abierto hasta las diez de la noche.
Quisiera devolver esta camisa.
Necesitamos pan, leche y una docena de huevos.
Eso es demasiado caro para mí.
Le compró un regalo a su hermano.
¿Dónde puedo probarme esto?
Las manzanas son más baratas en el mercado.
Guarde el recibo por si quiere cambiarlo.
El pedido llegará el jueves.
Había una cola muy larga en la caja.
Pedí el libro por internet.
Este color te sienta muy bien.
Hoy está todo a mitad de precio.
¿Necesita una bolsa?
Las pilas no están incluidas.
Gasta demasiado dinero en ropa.
Busco una tarjeta de cumpleaños.
En la tienda se ha acabado el azúcar.
¿Podría envolverlo, por favor?
Estos pantalones son demasiado estrechos.
Preferiría el verde.
La lavadora tiene dos años de garantía.
Mi pedido sigue sin llegar.
La reunión se ha trasladado al viernes.
Trabajo en el departamento de ventas.
Ha conseguido un nuevo trabajo en Hamburgo.
Por favor, envíeme el informe para mañana.
Nuestra oficina está en la cuarta planta.
Lleva un año en paro.
Estoy de vacaciones hasta finales de mes.
La fecha límite es el próximo miércoles.
Buscamos un electricista con experiencia.
Mi jefe está muy satisfecho con los resultados.
¿Podemos hablar de esto mañana?
Trabaja desde casa dos días a la semana.
La empresa fue fundada por dos hermanas.
He adjuntado la factura a este mensaje.
Lo ascendieron el mes pasado.
Tenemos que contratar a más gente.
La impresora vuelve a estar averiada.
Empiezo a trabajar a las ocho de la mañana.
Mi compañero está enfermo hoy.
Firmaron el contrato ayer.
Los clientes se quejan de los precios.
Le devolveré la llamada esta tarde.
La fábrica da empleo a más de doscientas personas.
Es la responsable de la formación de los nuevos empleados.
Terminamos el proyecto a tiempo.
Quiere ser profesor.
No tengo tiempo suficiente para eso.
Me duele la cabeza.
Deberías ir al médico.
Se rompió la pierna esquiando.
Tome un comprimido tres veces al día.
¿Es alérgico a algo?
A mi abuelo lo operaron del corazón el año pasado.
Tiene fiebre desde el domingo.
El dentista le atenderá en un momento.
No duermo bien por las noches.
Las verduras son buenas para la salud.
La enfermera me tomó la temperatura.
¡Llame a una ambulancia!
Dejó de fumar hace dos años.
¿Dónde está la farmacia más cercana?
Hay que limpiar la herida todos los días.
Hoy me siento mucho mejor.
Se está recuperando poco a poco de su enfermedad.
Me duele la espalda cuando paso demasiado tiempo sentado.
Beba mucha agua cuando haga calor.
Vacunaron a los niños en el colegio.
Necesito unas gafas nuevas.
Tiene que quedarse una semana en el hospital.
¿Es grave, doctor?
Se resfrió en el tren.
Este medicamento me produce cansancio.
Salgo a correr todas las mañanas antes de desayunar.
El bebé nació sano.
Mi ordenador ya no arranca.
¿Has guardado el archivo?
La batería de mi móvil está casi agotada.
Puede descargar el programa gratis.
He olvidado mi contraseña.
Se ha interrumpido la conexión.
Por favor, reinicie el dispositivo.
La nueva versión es mucho más rápida que la antigua.
Haga clic en el botón de la parte inferior de la página.
El robot puede reconocer caras.
Almacenamos todos los datos en nuestros propios servidores.
La pantalla está rota.
No puedo abrir el archivo adjunto.
Aquí no hay internet.
Desarrolla software para hospitales.
Los coches eléctricos tienen que cargarse durante la noche.
Apaguen sus teléfonos, por favor.
La cámara hace muy buenas fotos de noche.
Se ha producido un error desconocido.
La actualización tarda unos diez minutos.
Reparó la radio él mismo.
Su cuenta ha sido bloqueada.
El satélite envía imágenes a la Tierra.
Este cable es demasiado corto.
¿Cómo cambio el idioma del teclado?
La máquina puede traducir frases sencillas.
Todos los mensajes están cifrados.
El Gobierno quiere bajar los impuestos.
Varias personas resultaron heridas en el accidente.
El presidente pronunciará un discurso esta noche.
Los precios subieron un dos por ciento el mes pasado.
La policía busca testigos.
Las fuertes lluvias provocaron inundaciones en el sur del país.
Los dos países han firmado un acuerdo.
El alcalde inauguró el nuevo puente el sábado.
Miles de personas se manifestaron contra la ley.
El equipo perdió la final en la tanda de penaltis.
Unos científicos han descubierto una nueva especie de rana.
La aerolínea va a cancelar más vuelos.
El tribunal anunciará su decisión la próxima semana.
La empresa negó las acusaciones.
Un incendio destruyó el tejado de la iglesia.
El número de estudiantes se ha duplicado en diez años.
Las negociaciones fracasaron pasada la medianoche.
Los trabajadores están en huelga desde el lunes.
Los votantes elegirán un nuevo parlamento en otoño.
La tormenta dejó miles de hogares sin electricidad.
El ministro dimitió por motivos personales.
Según el informe, el aire de la ciudad está más limpio.
La autopista está cortada en ambos sentidos.
Los expertos advierten de una escasez de profesores.
El museo compró el cuadro por tres millones de euros.
Nadie resultó herido en la explosión.
El récord mundial se batió dos veces el mismo día.
¿Qué hora es?
¿Quién te ha dicho eso?
¿Por qué no me llamaste?
¿Cuánto tiempo llevas aprendiendo alemán?
¿Dónde has puesto mis llaves?
¿Has comido caracoles alguna vez?
¿Qué harías tú en mi lugar?
¿De quién es esta bicicleta?
¿Le importa si abro la ventana?
¿Cuántos hermanos tienes?
¿Cuál de estos libros es el tuyo?
¿Cuándo volverás?
¿Queda algo de comer?
¿De verdad ganaron?
¿Cómo se escribe su nombre?
¿Quiere un poco más de café?
¿Por qué están cerradas hoy las tiendas?
¿De qué te ríes?
¿Sabes guardar un secreto?
¿Quién va a pagar los daños?
¿Dónde nació usted?
¿Sabes si va a venir?
¿A qué distancia está el lago?
¿Qué significa esta palabra?
¿Vamos al cine esta noche?
¿Estás seguro de que cerraste la puerta con llave?
¿Qué más podríamos haber hecho?
Cierra la puerta tras de ti.
¡No toques eso!
Ven aquí, por favor.
Espera un momento.
Dime la verdad.
No llegues tarde.
Ayúdame a llevar la mesa.
Escriba su nombre en la lista.
Mírame cuando te hablo.
No hagas ruido, que el bebé está durmiendo.
Gire a la izquierda después de la iglesia.
Vámonos a casa.
Vuelve a poner los vasos en el armario.
No te rindas nunca.
No olvides el paraguas.
Siéntate y escucha.
Lea las instrucciones antes de empezar.
¡Déjame en paz!
Remueva la sopa de vez en cuando.
Pregúntale a tu hermana, no a mí.
Conduce con cuidado, la carretera está mojada.
Hable más despacio, por favor.
Trae una botella de vino.
Date prisa o perderemos el tren.
Saluda a tus padres de mi parte.
Corte las cebollas en trozos pequeños.
No te creas todo lo que lees.
La torre mide 52 metros de altura.
Vivo aquí desde hace 15 años.
La entrada cuesta 12 euros.
Solo 7 de 30 alumnos aprobaron el examen.
El río tiene casi 300 kilómetros de largo.
Mi número de habitación es el 214.
Corrió la distancia en menos de 40 minutos.
El pueblo tiene unos 900 habitantes.
Hace 25 grados a la sombra.
Vaya a la página 86, por favor.
El libro tiene más de 500 páginas.
Dos tercios de los miembros estuvieron de acuerdo.
Pesa 80 kilos.
Los 100 primeros visitantes reciben un regalo.
Tiene el doble de años que su prima.
Añada 250 gramos de harina.
El resultado fue de 3 a 1.
Uno de cada cuatro hogares tiene perro.
El tren iba a 160 kilómetros por hora.
Necesito al menos seis horas de sueño.
Vendimos 1200 entradas.
La casa se construyó por menos de 90 000 euros.
Tienen tres hijas y un hijo.
El ascensor tiene capacidad para ocho personas.
La fiebre le subió a 39,5 grados.
La mitad de la tarta ha desaparecido.
Una de cada diez personas es zurda.
El curso empieza el 3 de mayo.
Nació en 1998.
Mi cumpleaños es el uno de abril.
Nos volveremos a ver el martes.
La tienda lleva cerrada desde enero.
La guerra terminó en 1945.
La cita es a las nueve y media.
Estaré fuera del 10 al 17 de agosto.
Los viernes llega tarde a casa.
La carta está fechada el 24 de diciembre de 2019.
Se casaron la primavera pasada.
Ocurrió en mitad de la noche.
La película empieza a las ocho menos cuarto.
Las vacaciones empiezan dentro de dos semanas.
El edificio data del siglo XVIII.
Anteayer nevó.
Nos reunimos un jueves sí y otro no.
El nuevo curso escolar empieza en septiembre.
No la veo desde Semana Santa.
La oferta es válida hasta el 31 de marzo.
Mañana a esta hora estaremos en París.
La tienda abre a las siete de la mañana.
En el verano de 2003 hizo muchísimo calor.
El concierto se celebra el 9 de noviembre.
Visita a su abuela una vez al mes.
El invierno fue largo y frío.
Lleva lloviendo desde esta mañana.
Anna y Lukas viven en Berlín.
El señor Schneider no está hoy en la oficina.
¿Conoces ya a mi amiga Sophie?
Maria estudió Medicina en Múnich.
El Danubio desemboca en el mar Negro.
La señora Novak vendió su casa a una pareja joven.
Tom es más alto que Felix.
Pasaron las vacaciones en Suiza.
Mozart nació en Salzburgo.
El hermano de Peter trabaja en un banco en Fráncfort.
Julia le dio a Paul su número de teléfono.
Mi vecino es de Turquía.
El doctor Weber la operará mañana.
¿Has leído las cartas de Emma?
Los Alpes se extienden por ocho países.
Leon no quiere mudarse a Leipzig.
El profesor Klein enseña Historia en Heidelberg.
Grecia es famosa por sus islas.
Estoy esperando a David y a sus padres.
El Rin es más largo que el Elba.
Laura habla polaco y un poco de ruso.
Cenamos en casa de Martin.
Viena es la capital de Austria.
Hannah llamó Bruno a su perro.
Colón nunca llegó a la India.
Los Miller nos han invitado a cenar.
Nadie en Bremen sabía quién era.
¿Puedo sentarme a su lado?
El tren nocturno estaba completo.
¿Quién va a dirigir el nuevo equipo?
